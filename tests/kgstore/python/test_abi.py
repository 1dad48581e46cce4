"""What cffi knows of the library, and what a C compiler knows."""

import os
import re
import shutil
import subprocess
import unittest

import kgstore
from common import SOURCE, WORK
from kgstore import _native
from kgstore._native import ffi


def struct_names():
    """All structs that have a name and a body."""
    typedefs, structs, _ = ffi.list_types()
    named = [name for name in typedefs if ffi.typeof(name).kind == "struct" and ffi.typeof(name).fields]
    return named + [f"struct {name}" for name in structs if ffi.typeof(f"struct {name}").fields]


class Abi(unittest.TestCase):
    def test_structs_are_as_the_compiler_lays_them_out(self):
        compiler = shutil.which("cc")
        if not compiler:
            self.skipTest("no C compiler")
        lines, expected = [], []
        for name in struct_names():
            lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
            expected.append(f"{name} {ffi.sizeof(name)}")
            for field, of in ffi.typeof(name).fields:
                lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
                expected.append(f"{name}.{field} {of.offset}")
        text = (
            '#include "kgstore/cypher.h"\n#include <stddef.h>\n#include <stdio.h>\n'
            "int main(void) {" + "\n".join(lines) + "}\n"
        )
        program = WORK / "layout"
        subprocess.run([compiler, "-x", "c", "-I", SOURCE, "-o", program, "-"], input=text, text=True, check=True)
        self.assertGreater(len(expected), 100)
        self.assertEqual(subprocess.check_output(program, text=True).splitlines(), expected)

    def test_every_exported_function_is_known_and_there(self):
        """Those that the headers mark: what the package's reading of them loses would be missed here."""
        marked = set()
        for header in ("kgstore.h", "cypher.h", "base/status.h", "base/error.h", "base/result.h", "base/value.h"):
            text = (SOURCE / "kgstore" / header).read_text(encoding="utf-8")
            text = re.sub(r"/\*.*?\*/|^#.*?$", "", text, flags=re.S | re.M)
            marked.update(re.findall(r"KG_API[^;(]*?(\w+)\(", text))
        self.assertGreater(len(marked), 80)
        for name in sorted(marked):
            self.assertTrue(callable(getattr(_native.lib, name)), name)

    def test_every_status_has_its_exception(self):
        names = set(ffi.typeof("kg_status").relements) - {"KG_OK"}
        self.assertEqual(names, set(kgstore.errors.BY_NAME))
        for name, number in ffi.typeof("kg_status").relements.items():
            if number:
                error = _native.failure(number)
                self.assertIs(type(error), kgstore.errors.BY_NAME[name])
                self.assertEqual(
                    (error.status, str(error)), (number, ffi.string(_native.lib.kg_strerror(number)).decode())
                )

    def test_versions(self):
        self.assertEqual(kgstore.__version__, os.environ["KG_VERSION"])
        self.assertEqual(ffi.string(_native.lib.kg_library_version()).decode(), os.environ["KG_VERSION"])


if __name__ == "__main__":
    unittest.main()
