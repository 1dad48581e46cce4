# After cpack has made packages: what it writes to refresh the loader's cache is a script, which Debian has as a trigger,
# and it writes that for modules too, which the loader never looks for.
foreach(package IN LISTS CPACK_PACKAGE_FILES)
    set(tree ${CPACK_TOPLEVEL_DIRECTORY}/post)
    file(REMOVE_RECURSE ${tree})
    execute_process(COMMAND dpkg-deb -R ${package} ${tree} COMMAND_ERROR_IS_FATAL ANY)
    set(control ${tree}/DEBIAN)
    if(EXISTS ${control}/postrm) # we have none of our own
        file(REMOVE ${control}/postinst ${control}/postrm)
    endif()
    if(EXISTS ${control}/shlibs)
        file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
    endif()
    execute_process(COMMAND dpkg-deb --root-owner-group -b ${tree} ${package} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
    file(REMOVE_RECURSE ${tree})
endforeach()
