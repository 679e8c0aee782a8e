module toypuller

go 1.22
