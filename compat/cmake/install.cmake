# SPDX-License-Identifier: Zlib
# What `cmake --install` puts where: libz.so.1.3.2 with its links, libz.a, the two headers, zlib.pc and the CMake
# package ZLIB. Nothing in the tree names its prefix: it can be moved, staged with DESTDIR and given a --prefix.
include(CMakePackageConfigHelpers)

get_target_property(zlib_version z VERSION)
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/zlib)

set_target_properties(z PROPERTIES EXPORT_NAME ZLIB)
set_target_properties(zstatic PROPERTIES EXPORT_NAME ZLIBSTATIC)
foreach(pair IN ITEMS "z shared" "zstatic static")
    separate_arguments(pair)
    list(GET pair 0 target)
    list(GET pair 1 kind)
    install(TARGETS ${target} EXPORT ZLIB-${kind}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Runtime NAMELINK_COMPONENT Development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development)
    install(EXPORT ZLIB-${kind} NAMESPACE ZLIB:: DESTINATION ${cmake_dir} COMPONENT Development)
endforeach()
install(FILES ${CMAKE_SOURCE_DIR}/compat/include/zlib.h ${CMAKE_SOURCE_DIR}/compat/include/zconf.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development)

# zlib.pc: directories relative to its own place, or absolute ones as they are.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
    file(RELATIVE_PATH pc_prefix ${pc_dir} ${CMAKE_INSTALL_PREFIX})
else()
    file(RELATIVE_PATH pc_prefix /${pc_dir} /)
endif()
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
foreach(name IN ITEMS LIBDIR INCLUDEDIR)
    string(TOLOWER pc_${name} variable)
    if(IS_ABSOLUTE ${CMAKE_INSTALL_${name}})
        set(${variable} ${CMAKE_INSTALL_${name}})
    else()
        set(${variable} \${prefix}/${CMAKE_INSTALL_${name}})
    endif()
endforeach()
set(pc_definitions "")
if(WARPZ_Z_PREFIX)
    set(pc_definitions " -DZ_PREFIX")
    target_compile_definitions(z INTERFACE Z_PREFIX)
    target_compile_definitions(zstatic INTERFACE Z_PREFIX)
endif()
configure_file(${CMAKE_SOURCE_DIR}/zlib.pc.in ${CMAKE_BINARY_DIR}/zlib.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/zlib.pc DESTINATION ${pc_dir} COMPONENT Development)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ZLIBConfig.cmake.in ${CMAKE_BINARY_DIR}/ZLIBConfig.cmake
    INSTALL_DESTINATION ${cmake_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ZLIBConfigVersion.cmake
    VERSION ${zlib_version} COMPATIBILITY AnyNewerVersion)
install(FILES ${CMAKE_BINARY_DIR}/ZLIBConfig.cmake ${CMAKE_BINARY_DIR}/ZLIBConfigVersion.cmake
    DESTINATION ${cmake_dir} COMPONENT Development)
