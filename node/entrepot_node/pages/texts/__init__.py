"""The texts of the pages, each as (English, Simplified Chinese), by id."""
