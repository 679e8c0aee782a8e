"""What a run leaves behind: JSON, JUnit, one HTML file, a badge, and tables of many runs."""
