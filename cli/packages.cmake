# The Debian packages, made by cpack: kg (the program), libkgstore0, libkgstore-dev and, where Python can be asked,
# python3-kgstore. What names no component when it is installed belongs to kg. Included before the rooms are added,
# since it says which component is the usual one; finish_packages() after them.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME kg)

# describe_package(COMPONENT NAME SECTION DEPENDS DESCRIPTION): its control file, copyright and change log.
function(describe_package component name section depends description)
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
    foreach(file ${CMAKE_BINARY_DIR}/package/copyright ${CMAKE_BINARY_DIR}/package/changelog.Debian.gz
                 ${CMAKE_BINARY_DIR}/package/changelog.gz)
        install(FILES ${file} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${component})
    endforeach()
endfunction()

# What every package's /usr/share/doc/NAME holds.
function(write_package_documents)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package/copyright @ONLY CONTENT
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: kg

Files: *
Copyright: 2026 the kg authors
License: GPL-3+
 This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public
 License, version 3 or any later version. It comes without any warranty.
 .
 On Debian systems the license is in /usr/share/common-licenses/GPL-3.
")
    # Versions and their days stand in CHANGELOG.md, so that the packages are the same whenever they are made.
    file(STRINGS ${CMAKE_SOURCE_DIR}/CHANGELOG.md headings REGEX "^## ")
    if(NOT headings MATCHES "^## ${PROJECT_VERSION} ")
        message(FATAL_ERROR "CHANGELOG.md does not begin with \"## ${PROJECT_VERSION} (YYYY-MM-DD)\"")
    endif()
    set(log "")
    foreach(heading IN LISTS headings)
        if(NOT heading MATCHES "^## ([0-9.]+) \\(([0-9-]+)\\)$")
            message(FATAL_ERROR "CHANGELOG.md: found \"${heading}\"; expected \"## VERSION (YYYY-MM-DD)\"")
        endif()
        set(version ${CMAKE_MATCH_1})
        execute_process(COMMAND date -u -d ${CMAKE_MATCH_2} "+%a, %d %b %Y %T +0000" OUTPUT_VARIABLE day
            OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
        string(APPEND log "kg (${version}-1) unstable; urgency=medium\n\n"
            "  * Version ${version}: changelog.gz says what is new.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${day}\n\n")
    endforeach()
    file(WRITE ${CMAKE_BINARY_DIR}/package/changelog.Debian "${log}")
    file(COPY_FILE ${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_BINARY_DIR}/package/changelog ONLY_IF_DIFFERENT)
    execute_process(COMMAND gzip -9nfk changelog changelog.Debian WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/package
        COMMAND_ERROR_IS_FATAL ANY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md)
endfunction()

# The package for Python, built for Debian's own where that has what building takes.
function(build_python_package built)
    set(python /usr/bin/python3)
    set(${built} OFF PARENT_SCOPE)
    execute_process(COMMAND ${python} -c "import setuptools, cffi" RESULT_VARIABLE lacks OUTPUT_QUIET ERROR_QUIET)
    if(NOT lacks EQUAL 0)
        message(STATUS "python3-cffi or python3-setuptools is not installed: no package for Python")
        return()
    endif()
    set(source ${CMAKE_SOURCE_DIR}/kgstore/python)
    set(work ${CMAKE_BINARY_DIR}/package/python)
    file(GLOB files CONFIGURE_DEPENDS ${source}/*.* ${source}/kgstore/*.py)
    add_custom_command(OUTPUT ${work}/lib/kgstore/_built.py
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${work}
        COMMAND ${CMAKE_COMMAND} -E copy_directory ${source} ${work}/source
        COMMAND ${CMAKE_COMMAND} -E chdir ${work}/source ${CMAKE_COMMAND} -E env KGSTORE_INCLUDE=${CMAKE_SOURCE_DIR}
            ${python} -W ignore setup.py -q build_py --build-lib ${work}/lib
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/kgstore/kgstore.h ${CMAKE_SOURCE_DIR}/kgstore/cypher.h
        COMMENT "Building the package for Python" VERBATIM)
    add_custom_target(kg_python ALL DEPENDS ${work}/lib/kgstore/_built.py)
    install(DIRECTORY ${work}/lib/kgstore DESTINATION lib/python3/dist-packages COMPONENT python
        FILES_MATCHING PATTERN "*.py" PATTERN "py.typed")
    # What Python keeps of modules that root has imported goes with the package.
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package/postinst @ONLY NEWLINE_STYLE UNIX CONTENT
        "#!/bin/sh\nset -e\nif [ \"$1\" = configure ] && command -v py3compile >/dev/null; then\n    py3compile -p python3-kgstore\nfi\n")
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/package/prerm @ONLY NEWLINE_STYLE UNIX CONTENT
        "#!/bin/sh\nset -e\nif command -v py3clean >/dev/null; then\n    py3clean -p python3-kgstore\nfi\n")
    file(CHMOD ${CMAKE_BINARY_DIR}/package/postinst ${CMAKE_BINARY_DIR}/package/prerm
        PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    set(${built} ON PARENT_SCOPE)
endfunction()

macro(finish_packages)
    set(CPACK_GENERATOR DEB)
    set(CPACK_PACKAGE_NAME kg)
    set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
    set(CPACK_PACKAGE_CONTACT "The kg maintainers <maintainers@users.noreply.r-seed-4775988b.example>")
    set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
    set(CPACK_STRIP_FILES ON)
    set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
        OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    set(CPACK_COMPONENTS_GROUPING IGNORE)
    set(CPACK_DEB_COMPONENT_INSTALL ON)
    set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
    set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
    set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
    set(CPACK_DEBIAN_KG_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_LIBRARY_PACKAGE_SHLIBDEPS ON)
    set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
    set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cli/packages_post.cmake)

    set(same "(= ${PROJECT_VERSION}-1)")
    write_package_documents()
    describe_package(kg kg database "libkgstore0 ${same}"
        "graph-first knowledge-graph database with model plugins
Imports a knowledge graph from the tools people use, ranks it with
PageRank, answers questions about it in Cypher, finds its entities in
text, and trains models on it: TransE, TransR, and a BERT that reads
each mention's weighted neighbors. Trainers are plugins.")
    describe_package(library libkgstore0 libs ""
        "knowledge graph in LMDB: library
Names, types, weighted neighbors, entity linking and Cypher over a
graph that is read in place.")
    describe_package(headers libkgstore-dev libdevel "libkgstore0 ${same}"
        "knowledge graph in LMDB: headers
What a program needs to be built with libkgstore, and a plugin for kg,
with a template of one.")
    set(CPACK_COMPONENTS_ALL kg library headers)
    build_python_package(with_python)
    if(with_python)
        describe_package(python python3-kgstore python "libkgstore0 ${same}, python3:any, python3-cffi, python3-numpy"
            "knowledge graph in LMDB: module for Python
Reads a store of kg's in the process that asks, neighbors into numpy
arrays, and changes it by Cypher.")
        set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
        set(CPACK_DEBIAN_PYTHON_PACKAGE_CONTROL_EXTRA
            "${CMAKE_BINARY_DIR}/package/postinst;${CMAKE_BINARY_DIR}/package/prerm")
        list(APPEND CPACK_COMPONENTS_ALL python)
    endif()
    include(CPack)
endmacro()
