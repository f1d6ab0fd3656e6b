# pagelab_hotpath_bench, which `pagelab bench hotpath` runs: what watching costs.

# The machine-independent parts, for the test suite too.
target_sources(
  pagelab_bench_support
  PRIVATE bare_allocator.cc
          bare_traffic.cc
          host_description.cc
          hotpath_counts.cc
          hotpath_machine.cc
          hotpath_options.cc
          hotpath_rows.cc
          hotpath_times.cc
          hotpath_variants.cc
          kernel_chain.cc
          perf_counters.cc
          reduce_trace.cc
          steps_text.cc
          "${CMAKE_CURRENT_BINARY_DIR}/recorded_mix.cc")

# In another folder than where they were set, options may differ; these do not.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
get_directory_property(build_options COMPILE_OPTIONS)
list(FILTER build_options EXCLUDE REGEX "-prefix-map=")
list(JOIN build_options " " build_options)
string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${build_options}" build_flags)
set_source_files_properties(
  host_description.cc
  PROPERTIES COMPILE_DEFINITIONS
             "PAGELAB_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\";PAGELAB_BUILD_FLAGS=\"${build_flags}\"")

add_custom_command(
  OUTPUT recorded_mix.cc
  COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/data/recorded_mix.txt
          -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/recorded_mix.cc -P
          ${CMAKE_CURRENT_SOURCE_DIR}/embed_text.cmake
  DEPENDS embed_text.cmake data/recorded_mix.txt
  COMMENT "Embedding the recorded mix"
  VERBATIM)

# pagelab_object_sizes(<file> <name> <hot functions or -> <objects>)
#
# Measures objects of this build, which it builds.
find_program(PAGELAB_SIZE NAMES size REQUIRED)
find_program(PAGELAB_OBJDUMP NAMES objdump REQUIRED)
set(sizes_dir "${CMAKE_CURRENT_BINARY_DIR}/sizes")
file(MAKE_DIRECTORY "${sizes_dir}")
set(size_files)
function(pagelab_object_sizes file name hot_functions objects)
  set(output "${sizes_dir}/${file}.inc")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} -E env SIZE=${PAGELAB_SIZE} OBJDUMP=${PAGELAB_OBJDUMP} sh
            ${CMAKE_CURRENT_SOURCE_DIR}/object_sizes.sh ${output} ${name} ${hot_functions}
            ${objects}
    DEPENDS object_sizes.sh hot_functions.txt ${objects}
    COMMENT "Measuring ${name}"
    COMMAND_EXPAND_LISTS VERBATIM)
  set(size_files ${size_files} "${output}" PARENT_SCOPE)
endfunction()

set(hot_functions "${CMAKE_CURRENT_SOURCE_DIR}/hot_functions.txt")
set(builds absent branch static_key)
set(names "hooks absent" branches "static keys")
foreach(build name IN ZIP_LISTS builds names)
  pagelab_object_sizes(${build} "allocator, ${name}" ${hot_functions}
                       "$<TARGET_OBJECTS:pagelab_alloc_hooks_${build}>")
endforeach()
pagelab_object_sizes(page_ext page_ext -
                     "$<FILTER:$<TARGET_OBJECTS:pagelab_pageext>,INCLUDE,/page_ext>")
pagelab_object_sizes(
  page_owner page_owner -
  "$<FILTER:$<TARGET_OBJECTS:pagelab_owner>,INCLUDE,/(page_owner|recording)>")
pagelab_object_sizes(
  stack_depot "stack depot" -
  "$<FILTER:$<TARGET_OBJECTS:pagelab_stackdepot>,INCLUDE,/(stack_depot|jhash)>")

set(includes "")
foreach(file IN LISTS size_files)
  string(APPEND includes "#include \"${file}\"\n")
endforeach()
file(CONFIGURE OUTPUT "${sizes_dir}/all.inc" CONTENT "${includes}" @ONLY)
set_source_files_properties(
  object_sizes.cc PROPERTIES OBJECT_DEPENDS "${size_files}"
                             COMPILE_DEFINITIONS "PAGELAB_OBJECT_SIZES_FILE=\"${sizes_dir}/all.inc\"")

pagelab_executable(
  pagelab_hotpath_bench
  SOURCES host_json.cc hotpath_bench.cc hotpath_report.cc object_sizes.cc
  LINK pagelab_bench_support nlohmann_json::nlohmann_json fmt::fmt)
# `pagelab bench hotpath` is part of a first build, ./quickstart's.
if(TARGET pagelab)
  add_dependencies(pagelab pagelab_hotpath_bench)
endif()
install(TARGETS pagelab_hotpath_bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
