"""The commands of ``showerforge``, one module each: options in, domain packages called, words out.

Nothing heavy is imported here before a command runs, so that ``showerforge --help`` and the
completion of a shell answer at once.
"""
