"""Image files of any number turned into tables of Hillas parameters, partition by partition."""
