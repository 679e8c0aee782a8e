"""Public lists of organisations as profiles: how data that was not made for Entrepot becomes data that is."""
