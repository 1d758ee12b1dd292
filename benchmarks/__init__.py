"""How fast is it, and how near to what this machine allows? Each figure beside its limit."""
