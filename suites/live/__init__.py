"""What is shown while a run goes on: what each worker waits for, beside pytest's own output and never inside it.

Workers leave a small file each (``desk``); the controlling process reads them, makes lines of it (``panel``), and keeps
these below what pytest writes (``screen``), or says now and then what takes long (``display``).
"""
