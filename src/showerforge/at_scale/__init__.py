"""Training on more events than memory holds, partition by partition."""
