"""The dossier of a case: everything a named person needs to decide it, on a page fit for print."""
