"""Reading what is anyone's in a process that can do nothing else."""
