# SPDX-License-Identifier: Zlib
# Where `cmake --install` puts the libraries of this folder: beside libz, in the same components, with a .pc file each and
# the CMake package warpz. It goes by the directories that compat/cmake/install.cmake has found out for zlib.pc.
set(warpz_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/warpz)

# warpz_install_library(TARGET COMPONENT PC HEADER...): COMPONENT is what find_package(warpz) calls it.
function(warpz_install_library target component pc)
    install(TARGETS ${target} EXPORT warpz-${component}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Runtime NAMELINK_COMPONENT Development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT warpz-${component} NAMESPACE warpz:: DESTINATION ${warpz_cmake_dir} COMPONENT Development)
    install(FILES ${ARGN} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/warpz COMPONENT Development)
    configure_file(${CMAKE_SOURCE_DIR}/lib/native/cmake/${pc}.pc.in ${CMAKE_BINARY_DIR}/${pc}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/${pc}.pc DESTINATION ${pc_dir} COMPONENT Development)
endfunction()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/warpzConfig.cmake.in ${CMAKE_BINARY_DIR}/warpzConfig.cmake
    INSTALL_DESTINATION ${warpz_cmake_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/warpzConfigVersion.cmake
    VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/warpzConfig.cmake ${CMAKE_BINARY_DIR}/warpzConfigVersion.cmake
    DESTINATION ${warpz_cmake_dir} COMPONENT Development)
