"""The Terraform stacks: the only place that imports cdktf. Each turns a part of eros.model into a plan."""
