// Reads a dashboard as Grafana's own schema of dashboards, time series and queries has it: no field may be
// unknown, and none missing.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	text, err := os.ReadFile(os.Args[1])
	var board dashboard.Dashboard
	// An empty list of mistakes is an error to the first, too.
	if err == nil {
		err = errors.Join(board.UnmarshalJSONStrict(text), board.Validate())
	}
	if err != nil && err.Error() != "" {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
