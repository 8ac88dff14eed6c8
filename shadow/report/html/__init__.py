"""Reports in HTML: templates that show the views of `shadow.report.view`, and their style."""
