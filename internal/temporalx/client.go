package temporalx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	tlog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"countersign"
	"countersign/workflows/signoff"
)

// Namespace and TaskQueue are where tickets run.
const (
	Namespace = "countersign"
	TaskQueue = "tickets"
)

// Config says how to reach Temporal.
type Config struct {
	Address   string
	Namespace string // "" for Namespace
	Master    []byte // the installation's master key, for the payload codec
	Log       *slog.Logger
}

// Engine starts ticket workflows and sends them commands.
type Engine struct {
	Client client.Client
	// Patience is how long a command may take before its outcome is called unknown.
	Patience time.Duration
}

// Dial connects to Temporal and waits for nothing: the first call fails when the server is away.
func Dial(ctx context.Context, c Config) (*Engine, error) {
	codec, err := NewCodec(c.Master)
	if err != nil {
		return nil, err
	}
	if c.Namespace == "" {
		c.Namespace = Namespace
	}
	dc := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec)
	cl, err := client.DialContext(ctx, client.Options{
		HostPort: c.Address, Namespace: c.Namespace, DataConverter: dc,
		FailureConverter: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: dc, EncodeCommonAttributes: true,
		}),
		Logger: tlog.NewStructuredLogger(c.Log),
	})
	if err != nil {
		return nil, fmt.Errorf("dial temporal at %s: %w", c.Address, err)
	}
	return &Engine{Client: cl, Patience: 30 * time.Second}, nil
}

// Start begins a ticket's workflow. It is idempotent by ticket number: a workflow that runs or has run is left alone.
func (e *Engine) Start(ctx context.Context, in signoff.Input, workflowName string) error {
	_, err := e.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: in.Ticket, TaskQueue: TaskQueue, EnableEagerStart: true,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowExecutionErrorWhenAlreadyStarted: false,
	}, workflowName, in)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &started) {
		return countersign.ErrUnavailable.Because(fmt.Errorf("start %s: %w", in.Ticket, err))
	}
	return nil
}

// Command sends a command to a ticket and waits until everything that it causes is stored. The same command ID gives the
// same answer again. Refusals come back as catalogued errors; an unknown outcome is countersign.ErrUnavailable.
func (e *Engine) Command(ctx context.Context, ticket string, cmd signoff.Command) (signoff.Ack, error) {
	ctx, cancel := context.WithTimeout(ctx, e.Patience)
	defer cancel()
	var ack signoff.Ack
	handle, err := e.Client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		UpdateID: cmd.ID, WorkflowID: ticket, UpdateName: signoff.UpdateCommand, Args: []any{cmd},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &ack)
	}
	return ack, translate(ticket, err)
}

// State asks a ticket's workflow where it stands.
func (e *Engine) State(ctx context.Context, ticket string) (signoff.Ack, error) {
	var ack signoff.Ack
	value, err := e.Client.QueryWorkflow(ctx, ticket, "", signoff.QueryState)
	if err == nil {
		err = value.Get(&ack)
	}
	return ack, translate(ticket, err)
}

// Running reports whether a ticket's workflow exists and whether it still runs.
func (e *Engine) Running(ctx context.Context, ticket string) (exists, running bool, err error) {
	d, err := e.Client.DescribeWorkflowExecution(ctx, ticket, "")
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return false, false, nil
	case err != nil:
		return false, false, translate(ticket, err)
	}
	return true, d.WorkflowExecutionInfo.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// translate maps what Temporal answers to the domain's errors.
func translate(ticket string, err error) error {
	if err == nil {
		return nil
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		if e := countersign.ByCode(app.Type()); e != nil {
			return e
		}
	}
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return countersign.ErrClosed.Because(err)
	}
	return countersign.ErrUnavailable.Because(fmt.Errorf("command to %s: %w", ticket, err))
}
