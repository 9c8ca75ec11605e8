package store

import "countersign"

// attachmentRow is one row of attachments.
type attachmentRow struct {
	ID         int64 `gorm:"primaryKey"`
	Ticket     string
	Field      string
	Name       string
	MediaType  string
	Size       int64
	SHA256     string `gorm:"column:sha256"`
	UploadedBy string
	UploadedAt int64
}

func (attachmentRow) TableName() string { return "attachments" }

func (r attachmentRow) attachment() countersign.Attachment {
	return countersign.Attachment{
		ID: r.ID, Ticket: r.Ticket, Field: r.Field, Name: r.Name, MediaType: r.MediaType, Size: r.Size, SHA256: r.SHA256,
		UploadedBy: r.UploadedBy, UploadedAt: timeOf(r.UploadedAt),
	}
}

// documentRow is one row of documents.
type documentRow struct {
	Ticket    string
	Name      string
	Revision  int
	MediaType string
	SHA256    string `gorm:"column:sha256"`
	Size      int64
	Pending   bool
	CreatedAt int64
}

func (r documentRow) document() countersign.Document {
	return countersign.Document{
		Ticket: r.Ticket, Name: r.Name, Revision: r.Revision, MediaType: r.MediaType, SHA256: r.SHA256, Size: r.Size,
		Pending: r.Pending, CreatedAt: timeOf(r.CreatedAt),
	}
}
