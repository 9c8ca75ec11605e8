package ooxml

// Limits bound what Open accepts. Real forms stay far below them.
type Limits struct {
	// File is the size of the whole .docx in bytes.
	File int64
	// Entries is the number of files inside.
	Entries int
	// Part is the unpacked size of one file in bytes.
	Part int64
	// Total is the unpacked size of all files in bytes.
	Total int64
	// Depth is the nesting of XML elements.
	Depth int
	// Elements is the number of XML elements of one part.
	Elements int
}

// DefaultLimits suit forms of a few dozen pages with pictures.
var DefaultLimits = Limits{
	File: 10 << 20, Entries: 500, Part: 16 << 20, Total: 48 << 20, Depth: 200, Elements: 200_000,
}
