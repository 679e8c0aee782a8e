"""What the commands do, one file each; `cli` only reads arguments. Each imports what it needs, when it runs."""
