"""What the procedures do, a second time: plain Python written from their contracts, not from their SQL.

One module a procedure, none of which looks at how the SQL does it. A world is a dictionary of tables; a model takes
a world and the clock, and leaves the world as the procedure must leave it. What a contract leaves open (identifiers,
durations, the wording of messages) is told by a regular expression or by ANYTHING, see words.py.
"""
