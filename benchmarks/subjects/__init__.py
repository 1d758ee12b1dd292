"""What is measured: one subject a file. A file that is put here takes part."""
