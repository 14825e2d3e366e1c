"""Where the stack's alerts arrive: a small web page of what Alertmanager sent, for people and tests to look at.

`python -m stackgen.stack.receiver` serves it. It needs nothing but the standard library and forgets everything when it
stops: it shows that alerts are delivered, and is no place to keep them.
"""
