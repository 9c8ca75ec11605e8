package rbac

// Access says who may use a route.
type Access string

// Kinds of access.
const (
	Public    Access = "public"    // everybody
	Session   Access = "session"   // everybody who is logged in; the handler shows only what is theirs
	Installed Access = "installed" // Casbin decides for the installation, before the handler runs
	OnTicket  Access = "ticket"    // Casbin decides for a ticket or a system, inside the handler, which must ask
)

// Permission is what a route demands. Object and Action are set for Installed only.
type Permission struct {
	Access Access
	Object string
	Action string
}

// Routes is the permission of every route of the API, by method and path. A route without a line is not served, and a
// test fails on any line without a route.
var Routes = map[string]Permission{
	"POST /api/v1/session":   {Access: Public},
	"DELETE /api/v1/session": {Access: Session},
	"GET /api/v1/me":         {Access: Session},

	"GET /api/v1/processes":                              {Access: Session},
	"GET /api/v1/processes/{process}/form":               {Access: Session},
	"GET /api/v1/processes/{process}/template":           {Installed, "template", "read"},
	"PUT /api/v1/processes/{process}/template":           {Installed, "template", "write"},
	"GET /api/v1/processes/{process}/template/{version}": {Installed, "template", "read"},
	"GET /api/v1/systems":                                {Access: Session},

	"GET /api/v1/people":           {Installed, "people", "read"},
	"GET /api/v1/standins":         {Installed, "standin", "own"},
	"POST /api/v1/standins":        {Installed, "standin", "own"},
	"DELETE /api/v1/standins/{id}": {Installed, "standin", "own"},

	"GET /api/v1/notices":       {Access: Session},
	"POST /api/v1/notices/read": {Access: Session},

	"POST /api/v1/tickets":                             {Access: OnTicket},
	"GET /api/v1/tickets":                              {Access: Session},
	"GET /api/v1/tickets/{number}":                     {Access: OnTicket},
	"PUT /api/v1/tickets/{number}/form":                {Access: OnTicket},
	"POST /api/v1/tickets/{number}/form/word":          {Access: OnTicket},
	"GET /api/v1/tickets/{number}/revisions":           {Access: OnTicket},
	"GET /api/v1/tickets/{number}/revisions/{n}":       {Access: OnTicket},
	"POST /api/v1/tickets/{number}/attachments":        {Access: OnTicket},
	"GET /api/v1/tickets/{number}/attachments/{id}":    {Access: OnTicket},
	"DELETE /api/v1/tickets/{number}/attachments/{id}": {Access: OnTicket},
	"POST /api/v1/tickets/{number}/decisions":          {Access: OnTicket},
	"POST /api/v1/tickets/{number}/actions/{action}":   {Access: OnTicket},
	"GET /api/v1/tickets/{number}/timeline":            {Access: OnTicket},
	"GET /api/v1/tickets/{number}/documents":           {Access: OnTicket},
	"GET /api/v1/tickets/{number}/documents/{name}":    {Access: OnTicket},
	"GET /api/v1/tickets/{number}/evidence":            {Access: OnTicket},

	"GET /api/v1/audit":              {Installed, "audit", "read"},
	"GET /api/v1/audit/checkpoints":  {Installed, "audit", "read"},
	"POST /api/v1/audit/checkpoints": {Installed, "audit", "checkpoint"},

	"GET /healthz":      {Access: Public},
	"GET /readyz":       {Access: Public},
	"GET /metrics":      {Access: Public},
	"GET /openapi.json": {Access: Public},
	"GET /docs":         {Access: Public},
	"GET /docs/{file}":  {Access: Public},
}
