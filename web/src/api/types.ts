// Names for the generated types. Where the API embeds one type in another, OpenAPI lists only the outer fields.
import type { components } from './schema'

type S = components['schemas']

/** Summary is a ticket in a list. */
export type Summary = S['SummaryBody']
/** Ticket is everything that the page of a ticket shows. */
export type Ticket = S['TicketBody'] & Summary
export type Task = S['Task']
export type Signature = S['Signature']
export type ChainStep = S['ChainStep']
export type Attachment = S['Attachment']
export type RecordEntry = S['RecordBody']
export type Action = S['ActionBody']
export type Process = S['ProcessBody']
export type System = S['SystemBody']
export type Person = S['PersonBody']
/** Pick is a person in a picker. */
export type Pick = S['PickBody'] & Person
export type Me = S['MeOutputBody']
export type Revision = S['RevisionBody']
/** RevisionDetail is a revision with its values and what changed. */
export type RevisionDetail = S['RevisionOutputBody'] & Revision
export type Change = S['Change']
export type Doc = S['Document']
export type AuditEntry = S['AuditEntry']
export type FieldError = S['FieldError']
export type StandIn = S['StandInBody']
export type Template = S['TemplateBody']
export type Answer = S['AnswerBody']
export type Decision = S['DecisionBody']
export type WordReading = S['WordOutputBody']
/** Saved is the answer to a saved draft. */
export type Saved = S['SavedBody'] & Answer
/** Values are a form's values by field key. */
export type Values = Record<string, unknown>

/** Notice is a reminder or a copy that somebody sent. */
export interface Notice {
  id: number
  ticket: string
  kind: string
  sender: string
  at: string
  read_at?: string | null
}

/** Field describes one field of a form, or one column of a rows field. */
export interface Field {
  key: string
  label: string
  kind: string
  required?: boolean
  required_when?: { field: string; equals: unknown }
  max_length?: number
  help?: string
  clause?: string
  hint?: string
  width?: 'third' | 'half' | 'full'
  unit?: string
  min?: number
  max?: number
  integer?: boolean
  options?: string[]
  multi?: boolean
  columns?: Field[]
  min_rows?: number
  max_rows?: number
  presets?: Record<string, string>[]
  min_count?: number
  process?: string
}

/** SignOffBlock is the place of one party's signature on the paper. */
export interface SignOffBlock {
  step: string
  party: string
  label: string
  opinion?: boolean
}

/** Layout is what a form looks like, in order. */
export interface Layout {
  form: string
  title: string
  clause?: string
  version: string
  groups: { key: string; title: string; fields: Field[] }[]
  signoffs: { label: string; blocks: SignOffBlock[] }[]
  sections: Layout[]
}

/** FormDefinition is the answer of GET /processes/{process}/form. */
export interface FormDefinition {
  process: string
  version: string
  layout: Layout
}
