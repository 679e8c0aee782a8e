"""What is found, and by what: words, documents and questions. All of it is pure; stores keep the index."""
