"""Reports that were published: a folder of them, and the static site that is made of such a folder."""
