"""The models: each number against arithmetic done by somebody else."""
