"""What each child process of the supervisor does, from settings to exit."""
