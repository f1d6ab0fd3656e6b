# Install rules and the exported CMake package: find_package(pagelab) gives
# pagelab::base to pagelab::report.
include(CMakePackageConfigHelpers)

set(pagelab_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pagelab")
get_property(pagelab_libraries GLOBAL PROPERTY PAGELAB_LIBRARIES)
install(TARGETS ${pagelab_libraries} EXPORT pagelabTargets)
if(TARGET pagelab)
  install(TARGETS pagelab)
  # A link to it, made by the build.
  install(PROGRAMS "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/page_owner_sort" TYPE BIN)
  # Where the shells and man look, under the names that they look for.
  get_property(pagelab_generated GLOBAL PROPERTY PAGELAB_GENERATED_DIR)
  install(FILES "${pagelab_generated}/pagelab.bash"
          DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions" RENAME pagelab)
  install(FILES "${pagelab_generated}/pagelab.zsh"
          DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/zsh/site-functions" RENAME _pagelab)
  install(FILES "${pagelab_generated}/pagelab.fish"
          DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d")
  install(DIRECTORY "${pagelab_generated}/man1" TYPE MAN)
endif()
install(EXPORT pagelabTargets NAMESPACE pagelab:: DESTINATION "${pagelab_package_dir}")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/pagelabConfig.cmake.in" "${PROJECT_BINARY_DIR}/pagelabConfig.cmake"
  INSTALL_DESTINATION "${pagelab_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pagelabConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pagelabConfig.cmake"
              "${PROJECT_BINARY_DIR}/pagelabConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/PagelabDependencies.cmake"
        DESTINATION "${pagelab_package_dir}")
