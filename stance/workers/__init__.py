"""Work on pages and documents, one in and one out, in this process or in several, each with the model loaded once.

What a worker keeps from one page for the next saves time and changes no outcome, so it does not matter which worker has
which page: results come back in the order of the input, equal to those of one process to the last digit. A page at
which a worker dies or hangs is left out and named; the others of its chunk are done again, one by one. Work on too
little to repay the start of processes is done here.
"""
