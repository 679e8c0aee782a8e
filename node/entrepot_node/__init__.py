"""The Entrepot node: stores, server, pages and command line."""
