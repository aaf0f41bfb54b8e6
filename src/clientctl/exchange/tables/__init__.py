"""Read and write CSV files and Excel workbooks."""
