package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"countersign"
)

func (s *Server) healthRoutes() {
	register(s, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: []string{"operation"}, Summary: "The process is alive",
	}, func(context.Context, *call, *struct{}) (*healthOutput, error) { return healthy(), nil })
	register(s, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: []string{"operation"}, Summary: "The process can serve requests",
	}, s.ready)
	handler := adaptor.HTTPHandler(promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	s.plainRoute("/metrics", handler)
	s.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{"operation"}, Summary: "Measurements for Prometheus",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	})
}

type healthOutput struct {
	Body struct {
		Status string `json:"status"`
	}
}

func healthy() *healthOutput {
	out := &healthOutput{}
	out.Body.Status = "ok"
	return out
}

// ready asks the database, and the engine if it can be asked.
func (s *Server) ready(ctx context.Context, _ *call, _ *struct{}) (*healthOutput, error) {
	if err := s.store.Ping(ctx); err != nil {
		return nil, countersign.ErrUnavailable.Because(err)
	}
	if engine, ok := s.config.Engine.(interface{ Ready(context.Context) error }); ok {
		if err := engine.Ready(ctx); err != nil {
			return nil, countersign.ErrUnavailable.Because(err)
		}
	}
	return healthy(), nil
}

// plainRoute serves a GET route that is no operation of the API, under its line in rbac.Routes.
func (s *Server) plainRoute(path string, handler fiber.Handler) {
	s.publicOnly("GET " + path)
	s.app.Get(fiberPath(path), handler)
}
