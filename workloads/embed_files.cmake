# cmake -DOUTPUT=<file.cc> -DMACHINES=<a.json,...> -DSCENARIOS=<b.json,...>
#       -P embed_files.cmake
#
# Writes the C++ source that holds the given files and defines what
# builtin_files.h declares.

set(source "#include \"pagelab/workloads/builtin_files.h\"\n\nnamespace pagelab {\n")

function(embed function_name paths)
  string(REPLACE "," ";" paths "${paths}")
  list(SORT paths COMPARE STRING)
  list(LENGTH paths count)
  set(entries "")
  foreach(path IN LISTS paths)
    file(READ "${path}" text)
    if(text MATCHES "\\)embedded\"")
      message(FATAL_ERROR "${path} contains the delimiter of raw strings")
    endif()
    cmake_path(GET path STEM name)
    cmake_path(GET path PARENT_PATH directory)
    cmake_path(GET directory FILENAME folder)
    string(APPEND entries
           "      {\"${name}\", \"${folder}\", R\"embedded(${text})embedded\"},\n")
  endforeach()
  set(body "  return {};\n")
  if(count GREATER 0)
    set(body "  static constexpr LibraryEntry kEntries[] = {\n${entries}  };\n  return kEntries;\n")
  endif()
  set(source "${source}\nabsl::Span<const LibraryEntry> ${function_name}() {\n${body}}\n" PARENT_SCOPE)
endfunction()

embed(EmbeddedMachines "${MACHINES}")
embed(EmbeddedScenarios "${SCENARIOS}")
file(WRITE "${OUTPUT}" "${source}\n}  // namespace pagelab\n")
