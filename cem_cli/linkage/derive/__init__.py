"""From files and tables to records in the form in which they are compared."""
