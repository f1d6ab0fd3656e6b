# pagelab_library, pagelab_executable, pagelab_test: one call per folder.
include_guard(GLOBAL)

# Warnings and instrumentation for everything built here; never installed.
add_library(pagelab_warnings INTERFACE)
target_compile_options(pagelab_warnings INTERFACE -Wall -Wextra)
if(PAGELAB_WERROR)
  target_compile_options(pagelab_warnings INTERFACE -Werror)
endif()
# Stacks are walked by frame pointers (stackdepot/frame_pointer_unwinder.cc). A
# function that calls nobody, or only in tail position, is in no captured stack
# and needs none: the allocator's fast path is made of those.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  add_compile_options(-fno-omit-frame-pointer -momit-leaf-frame-pointer)
elseif(PAGELAB_SANITIZE)
  add_compile_options(-fno-omit-frame-pointer)
endif()
if(PAGELAB_SANITIZE)
  add_compile_options(-fsanitize=${PAGELAB_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PAGELAB_SANITIZE})
  # gcc's instrumentation hides initialisations from this warning, also in
  # the standard library.
  target_compile_options(pagelab_warnings
                         INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()
if(PAGELAB_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

# pagelab_library(<folder> [SOURCES a.cc ...] [HEADERS a.h ...]
#                 [PUBLIC target ...] [PRIVATE target ...])
#
# Makes pagelab_<folder>, alias pagelab::<folder>. PUBLIC is what the folder's
# headers need, PRIVATE what only its sources need. Without sources the target
# is an interface. HEADERS are installed to include/pagelab/<folder>/.
function(pagelab_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE")
  set(target pagelab_${folder})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES} ${arg_HEADERS})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:pagelab_warnings>)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(pagelab::${folder} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${folder})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(
    ${target} ${scope} $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                       $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
  set_property(GLOBAL APPEND PROPERTY PAGELAB_LIBRARIES ${target})
  foreach(header IN LISTS arg_HEADERS)
    cmake_path(GET header PARENT_PATH subdirectory)
    install(FILES ${header}
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pagelab/${folder}/${subdirectory})
  endforeach()
endfunction()

# pagelab_executable(<name> SOURCES a.cc ... [LINK target ...])
function(pagelab_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT arg_SOURCES)
    return()
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_BINARY_DIR}/include")
  target_link_libraries(${name} PRIVATE ${arg_LINK} pagelab_warnings)
endfunction()

# pagelab_test(<folder> SOURCES a_test.cc ... [LINK target ...])
#
# Makes pagelab_<folder>_test from Catch2 sources, and one ctest test per
# TEST_CASE, or one in all under sanitizers. Recorded data is found through PAGELAB_TEST_DATA_DIR.
function(pagelab_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT arg_SOURCES)
    return()
  endif()
  set(target pagelab_${folder}_test)
  pagelab_executable(${target} SOURCES ${arg_SOURCES} LINK ${arg_LINK} pagelab_test_main)
  target_compile_definitions(
    ${target} PRIVATE PAGELAB_TEST_DATA_DIR="${PROJECT_SOURCE_DIR}/test/data"
                      PAGELAB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(PAGELAB_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} PRIVATE "${PROJECT_SOURCE_DIR}/test/support/precompiled.h")
  endif()
  if(PAGELAB_SANITIZE)
    # A process of each test takes as long to start as the test runs.
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES TIMEOUT 1800)
  else()
    catch_discover_tests(${target} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
