"""One module per command: `run(arguments, say) -> exit code`.

A command prints through `say`, which it is given, and tells errors as `StackgenError`; both end up in `stackgen.cli`.
"""
