# The libraries pagelab stands on. Included by the build and by the installed
# pagelabConfig.cmake, so that both see the same targets.

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(LibArchive REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(pagelab_xxhash REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(pagelab_libunwind REQUIRED IMPORTED_TARGET libunwind)
pkg_check_modules(pagelab_tracecmd REQUIRED IMPORTED_TARGET libtracecmd)

# libunwind also defines the _Unwind_* entry points of C++ exceptions, much
# slower than libgcc_s. Whichever comes first on the link line gets them.
if(NOT TARGET pagelab::unwind)
  add_library(pagelab::unwind INTERFACE IMPORTED)
  set_target_properties(
    pagelab::unwind PROPERTIES INTERFACE_LINK_LIBRARIES "gcc_s;PkgConfig::pagelab_libunwind")
endif()

# What appears in no installed header and no installed library.
if(NOT pagelab_FIND_PACKAGE_RUNNING)
  pkg_check_modules(pagelab_ncurses REQUIRED ncurses)
  find_package(nlohmann_json 3.11 REQUIRED)
  find_package(CLI11 REQUIRED)
  find_path(PAGELAB_PROTOZERO_INCLUDE protozero/pbf_writer.hpp REQUIRED)
endif()
