"""What the command line asks for: arguments and options by group; what is done with them lives in `commands`."""
