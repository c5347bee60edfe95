"""An optimizer in Python as a library of its own: normalized gradient descent.

    python cffi_plugin.py FOLDER_OF_THE_HEADER OUT.so

builds the library with cffi (and a C compiler) for the interpreter that runs this; the file is also what the library runs, so it
is complete. Needs `pip install cffi numpy` and an interpreter with a shared library. Change `Mine`, the name, and HYPERPARAMETERS.
"""

import sys

NAME = "mine"
# Name, what it means, default, least, largest.
HYPERPARAMETERS = [("step_size", "Step size.", 0.02, 0.0, float("inf"))]


class Mine:
    """w ← w − η ∇f(w)/‖∇f(w)‖. One object for each run; several may be alive at once."""

    def __init__(self, step_size):
        self.step_size = step_size

    def step(self, w, oracle):
        """Changes w, a vector of NumPy, in place; True: converged."""
        import numpy

        gradient = oracle.gradient(w)
        norm = numpy.linalg.norm(gradient)
        if norm == 0.0:
            return True
        w -= self.step_size / norm * gradient
        return False


def run(ffi, lib):
    """Fills in the functions of the library, in the process that has loaded it."""
    import traceback

    import numpy

    alive = set()  # Handles keep their runs as long as they are kept.
    texts = []  # What the struct points to.

    def text(words):
        texts.append(ffi.new("char[]", words.encode()))
        return texts[-1]

    def vector(pointer, length):
        return numpy.frombuffer(ffi.buffer(pointer, 8 * length))

    class Refused(Exception):
        """The oracle's answer was an error, which is handed on as it came."""

    class Oracle:
        def __init__(self, raw):
            self.raw = raw

        def gradient(self, w):
            out = numpy.empty(len(w))
            code = self.raw.gradient(self.raw.state, ffi.from_buffer("double[]", w), ffi.from_buffer("double[]", out))
            if code != lib.FLATBENCH_OK:
                raise Refused(code)
            return out

    def guarded(oracle, work):
        """No exception may leave a function of the library."""
        try:
            return lib.FLATBENCH_CONVERGED if work() else lib.FLATBENCH_OK
        except Refused as refused:
            return refused.args[0]
        except Exception:
            return oracle.fail(oracle.state, traceback.format_exc().encode())

    @ffi.def_extern()
    def mine_create(values, blocks, block_count, state, message, message_size):
        try:
            handle = ffi.new_handle(Mine(*(values[i].real for i in range(len(HYPERPARAMETERS)))))
            alive.add(handle)
            state[0] = handle
            return lib.FLATBENCH_OK
        except Exception:
            words = traceback.format_exc().encode()[: message_size - 1]
            ffi.memmove(message, words, len(words))
            return lib.FLATBENCH_ERROR

    @ffi.def_extern()
    def mine_step(state, w, oracle):
        return guarded(oracle, lambda: ffi.from_handle(state).step(vector(w, oracle.dimension), Oracle(oracle)))

    @ffi.def_extern()
    def mine_destroy(state):
        alive.discard(state)

    entries = ffi.new("FlatbenchHyperparameter[]", len(HYPERPARAMETERS))
    for entry, (name, meaning, default, least, largest) in zip(entries, HYPERPARAMETERS):
        entry.name, entry.description, entry.kind = text(name), text(meaning), lib.FLATBENCH_REAL
        entry.default_value.real, entry.min, entry.max = default, least, largest
    optimizer = ffi.new("FlatbenchOptimizer *")
    optimizer.size, optimizer.minor = ffi.sizeof("FlatbenchOptimizer"), lib.FLATBENCH_INTERFACE_MINOR
    optimizer.name, optimizer.version, optimizer.description = text(NAME), text("0.1.0"), text(Mine.__doc__)
    optimizer.hyperparameter_count, optimizer.hyperparameters = len(entries), entries
    optimizer.create, optimizer.step, optimizer.destroy = lib.mine_create, lib.mine_step, lib.mine_destroy
    optimizer.own_thread = True  # Python keeps books on the stack that it is called on.

    @ffi.def_extern()
    def flatbench_optimizer_v1():
        return optimizer


# Python is started before cffi would do it: extension modules look for its symbols in the whole process, and flatbench opens
# libraries without giving theirs away; and the locale, which starting it changes, belongs to all.
START = r"""
#include <dlfcn.h>
#include <locale.h>
#include <string.h>
#include "flatbench_plugin.h"

__attribute__((constructor)) static void start_python(void) {
    Dl_info python;
    char locale[256];
    if (dladdr((void *)Py_IsInitialized, &python) != 0) {
        dlopen(python.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
    }
    if (Py_IsInitialized()) {
        return;
    }
    strncpy(locale, setlocale(LC_ALL, NULL), sizeof locale - 1);
    locale[sizeof locale - 1] = 0;
    Py_InitializeEx(0);
    PyEval_SaveThread();
    setlocale(LC_ALL, locale);
}
"""


def declarations(header):
    """What cffi understands of the header: no directives but the definitions of numbers."""
    inside_cpp, kept = False, []
    for line in header.splitlines():
        if line.startswith("#ifdef __cplusplus"):
            inside_cpp = True
        elif inside_cpp:
            inside_cpp = not line.startswith("#endif")
        elif not line.startswith("#") or line.startswith("#define FLATBENCH_") and len(line.split()) == 3:
            kept.append(line)
    return "\n".join(kept)


def build(folder, out):
    import pathlib
    import shutil
    import sysconfig
    import tempfile

    import cffi

    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        raise SystemExit(f"{sys.executable} has no shared library (install one built with --enable-shared)")
    header = (pathlib.Path(folder) / "flatbench_plugin.h").read_text()
    entry = "const FlatbenchOptimizer *flatbench_optimizer_v1(void);"
    ffi = cffi.FFI()
    ffi.cdef(declarations(header).replace(entry, ""))
    ffi.cdef("""extern "Python" {
        int32_t mine_create(const FlatbenchValue *, const FlatbenchBlock *, size_t, void **, char *, size_t);
        int32_t mine_step(void *, double *, const FlatbenchOracle *);
        void mine_destroy(void *);
    }""")
    ffi.embedding_api(entry)
    # The packages of this interpreter, wherever the library is loaded.
    ffi.embedding_init_code(
        f"import sys; sys.path[:] = {sys.path[1:]!r}\n"
        f"from _{NAME}_cffi import ffi, lib\n"
        f"code = compile({pathlib.Path(__file__).read_text()!r}, {str(pathlib.Path(__file__).resolve())!r}, 'exec')\n"
        f"names = {{'__name__': {NAME!r}}}\nexec(code, names)\nnames['run'](ffi, lib)\n"
    )
    library = sysconfig.get_config_var("LIBDIR")
    ffi.set_source(
        f"_{NAME}_cffi", START, include_dirs=[str(pathlib.Path(folder).resolve())], library_dirs=[library],
        extra_link_args=[f"-Wl,-rpath,{library}"],
    )
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(ffi.compile(tmpdir=scratch, target=f"{NAME}.*"), out)


if __name__ == "__main__":
    build(*sys.argv[1:])
