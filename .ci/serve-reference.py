#!/usr/bin/env python3
"""Serves renders of kustomize to the differential tester: see examples/differential/main.rs for the protocol.

    serve-reference.py DIRECTORY    the one that reference.py is in
"""
import os
import sys

sys.path.insert(0, sys.argv[1])
from reference import Reference  # noqa: E402

# The library prints warnings, which must not be mixed with the answers.
answers = os.fdopen(os.dup(1), "wb")
nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(nowhere, 1)
os.dup2(nowhere, 2)

reference = Reference()
for line in sys.stdin:
    directory, *words = line.rstrip("\n").split("\t")
    options = dict(word.split("=", 1) for word in words)
    text, error = reference.render(directory, reorder=options.get("reorder", "unspecified"))
    if error is None:
        # The reference as a library has no version of its own.
        text = text.replace("kustomize-(devel)", "kustomize-v0.21.3")
    body = (text if error is None else error).encode()
    answers.write(b"%s %d\n" % (b"ok" if error is None else b"error", len(body)) + body)
    answers.flush()
