# Installs pagelab into a staging directory, builds the example against it,
# and runs it.
cmake_minimum_required(VERSION 3.25)

set(staging "${WORK_DIRECTORY}/staging")
set(build "${WORK_DIRECTORY}/build")
file(REMOVE_RECURSE "${WORK_DIRECTORY}")

execute_process(
  COMMAND "${CMAKE_COMMAND}" --install "${BUILD_DIRECTORY}" --prefix "${staging}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

file(GLOB_RECURSE headers RELATIVE "${staging}/include" "${staging}/include/pagelab/*.h")
list(LENGTH headers count)
if(count LESS 10)
  message(FATAL_ERROR "only ${count} headers were installed")
endif()
list(TRANSFORM headers PREPEND "#include \"")
list(TRANSFORM headers APPEND "\"\n")
list(JOIN headers "" text)
file(WRITE "${WORK_DIRECTORY}/headers.cc" "${text}")

execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${EXAMPLE_DIRECTORY}" -B "${build}" -G "${GENERATOR}"
          "-DCMAKE_CXX_COMPILER=${COMPILER}" "-DCMAKE_PREFIX_PATH=${staging}"
          "-DPAGELAB_HEADERS=${WORK_DIRECTORY}/headers.cc"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${build}/example" OUTPUT_VARIABLE dump COMMAND_ERROR_IS_FATAL ANY)
if(NOT dump MATCHES "Page allocated via order 3, mask ")
  message(FATAL_ERROR "the example's page is not in its dump:\n${dump}")
endif()

execute_process(
  COMMAND "${staging}/bin/pagelab" --version
  OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "^pagelab ${VERSION} ")
  message(FATAL_ERROR "the installed program says: ${version}")
endif()

foreach(file IN ITEMS bash-completion/completions/pagelab zsh/site-functions/_pagelab
                      fish/vendor_completions.d/pagelab.fish man/man1/pagelab.1
                      man/man1/pagelab-run.1 man/man1/page_owner_sort.1)
  if(NOT EXISTS "${staging}/share/${file}")
    message(FATAL_ERROR "not installed: share/${file}")
  endif()
endforeach()
