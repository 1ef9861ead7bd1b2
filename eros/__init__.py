"""EROS scheduling brain: the model, checks and operator verbs. Terraform stacks live in stacks/, not here."""
