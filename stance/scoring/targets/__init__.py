"""Find the places where texts name targets.

Comments name a country in many ways (its name, its people, its leaders, its capital), misspelt, in any script, and next
to similar words ("us", "Prussia", "Latin America"). The names are data (``data/targets.toml`` and the user's own file);
the rules here hold for every alias. Aliases are literal strings, never regular expressions, and all are found in one
pass (Aho-Corasick), so their number hardly affects speed.
"""
