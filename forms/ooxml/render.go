package ooxml

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"image/png"
	"io"
	"strconv"
	"sync"
)

// maxPictureSide bounds the pixels of a signature picture on each side.
const maxPictureSide = 4000

// renderer is the state of one fill.
type renderer struct {
	program *Program
	data    *Data
	// untouched writes every control as the template has it.
	untouched bool
	out       bytes.Buffer
	part      string
	controls  map[string]Value
	value     Value
	clone     int
	ids       [idSpaces]int
	picture   placed
	media     []media
	relations map[string]string // part to relationship lines
	links     int
}

type media struct {
	name string
	png  []byte
}

// placed is the picture placed last: its relationship and its size in pixels.
type placed struct {
	relation      string
	width, height int64
}

// fit scales the picture into the box, in EMU, keeping its shape.
func (p placed) fit(width, height int64) (int64, int64) {
	if p.width*height > p.height*width {
		return width, max(1, width*p.height/p.width)
	}
	return max(1, height*p.width/p.height), height
}

// addPicture stores a picture and makes it the current one. The same bytes are stored once.
func (r *renderer) addPicture(data []byte) error {
	info, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return refuse("bad_picture", "签名图片不是有效的 PNG 图片。", err, "picture of %d bytes", len(data))
	}
	if info.Width < 1 || info.Height < 1 || info.Width > maxPictureSide || info.Height > maxPictureSide {
		return refuse("bad_picture", "签名图片尺寸过大。", nil, "picture of %d x %d pixels", info.Width, info.Height)
	}
	name := ""
	for _, m := range r.media {
		if bytes.Equal(m.png, data) {
			name = m.name
		}
	}
	if name == "" {
		name = r.program.links.mediaName(len(r.media) + 1)
		r.media = append(r.media, media{name: name, png: data})
	}
	r.links++
	id := r.program.links.prefix + strconv.Itoa(r.links)
	r.relations[r.part] += r.program.links.relationLine(r.part, id, name)
	r.picture = placed{relation: id, width: int64(info.Width), height: int64(info.Height)}
	return nil
}

// Render fills the template and returns the .docx. The same data give the same
// bytes. With nil data every control stays as the template has it.
func (p *Program) Render(data *Data) ([]byte, error) {
	r := &renderer{program: p, data: data, untouched: data == nil, relations: map[string]string{}}
	if data != nil {
		r.controls = data.Controls
	}
	r.out.Grow(p.size)
	changed := map[string][]byte{}
	for _, name := range p.file.content {
		program, compiled := p.parts[name]
		if !compiled {
			continue
		}
		start := r.out.Len()
		r.part = name
		if err := program.render(r); err != nil {
			return nil, err
		}
		// Growing the buffer copies it, so an earlier part stays as it was written.
		changed[name] = r.out.Bytes()[start:r.out.Len():r.out.Len()]
	}
	for part, lines := range r.relations {
		changed[p.links.rels[part].name] = p.links.rels[part].with(lines)
	}
	if len(r.media) > 0 && p.links.types.name != "" {
		changed[contentTypesPart] = p.links.types.with(p.links.typeLine())
	}
	return p.pack(changed, r.media)
}

// pack writes the archive: changed parts anew, all others as they are, byte by
// byte. No times are written, so that equal content gives equal files.
func (p *Program) pack(changed map[string][]byte, pictures []media) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(p.size / 4)
	zw := zip.NewWriter(&out)
	zw.RegisterCompressor(zip.Deflate, pooledDeflate)
	for _, e := range p.file.entries {
		data, isChanged := changed[e.Name]
		if !isChanged {
			if err := zw.Copy(e); err != nil {
				return nil, fmt.Errorf("copy part %s: %w", e.Name, err)
			}
			continue
		}
		if err := add(zw, e.Name, zip.Deflate, data); err != nil {
			return nil, err
		}
	}
	for _, part := range p.file.content {
		name := p.links.rels[part].name
		if data, isNew := changed[name]; isNew && p.file.byName[name] == nil {
			if err := add(zw, name, zip.Deflate, data); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range pictures {
		if err := add(zw, m.name, zip.Store, m.png); err != nil {
			return nil, err
		}
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("finish docx: %w", err)
	}
	return out.Bytes(), nil
}

func add(zw *zip.Writer, name string, method uint16, data []byte) error {
	w, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: method})
	if err != nil {
		return fmt.Errorf("add part %s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write part %s: %w", name, err)
	}
	return nil
}

// deflaters are reused: making one costs more than packing a form.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(fmt.Sprintf("ooxml: %v", err)) // only for a level that does not exist
	}
	return w
}}

type pooled struct{ *flate.Writer }

func pooledDeflate(w io.Writer) (io.WriteCloser, error) {
	d := deflaters.Get().(*flate.Writer)
	d.Reset(w)
	return pooled{d}, nil
}

// Close finishes the stream and gives the writer back.
func (p pooled) Close() error {
	err := p.Writer.Close()
	deflaters.Put(p.Writer)
	return err
}
