# SPDX-License-Identifier: Zlib
# How the libraries of this folder are made: C outside, the engine inside, and libc is all that they need.

# warpz_add_library(TARGET OBJECTS OUTPUT_NAME EXPORT_NAME MAP ENGINE-OBJECTS... SOURCES source... [INCLUDES folder...])
# OBJECTS is the library of the SOURCES' objects, for tests to link.
function(warpz_add_library target objects output_name export_name map)
    cmake_parse_arguments(PARSE_ARGV 5 arg "" "" "SOURCES;INCLUDES")
    add_library(${objects} OBJECT ${arg_SOURCES})
    target_include_directories(${objects} PUBLIC ${CMAKE_SOURCE_DIR}/lib/native/include ${CMAKE_SOURCE_DIR}/lib
        ${CMAKE_SOURCE_DIR}/driver/include/uapi ${arg_INCLUDES})
    target_compile_definitions(${objects} PRIVATE _GNU_SOURCE)
    target_compile_options(${objects} PRIVATE -fvisibility=hidden -fno-exceptions -fno-rtti
        -fvisibility-inlines-hidden -fno-threadsafe-statics)
    target_link_libraries(${objects} PRIVATE warpz_warnings)

    list(TRANSFORM arg_UNPARSED_ARGUMENTS REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE engine)
    add_library(${target} SHARED $<TARGET_OBJECTS:${objects}> ${engine})
    set(map ${CMAKE_CURRENT_SOURCE_DIR}/${map})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output_name} VERSION ${PROJECT_VERSION} SOVERSION 0
        EXPORT_NAME ${export_name} LINKER_LANGUAGE C LINK_DEPENDS ${map})
    foreach(folder IN LISTS arg_INCLUDES ITEMS ${CMAKE_SOURCE_DIR}/lib/native/include)
        target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${folder}>)
    endforeach()
    target_link_options(${target} PRIVATE -Wl,--version-script=${map} -Wl,-Bsymbolic-functions)
    if(NOT WARPZ_SANITIZE AND NOT WARPZ_COVERAGE)
        target_link_options(${target} PRIVATE -nodefaultlibs -Wl,-z,defs -Wl,--gc-sections)
        target_link_libraries(${target} PRIVATE c gcc)
    endif()
endfunction()
