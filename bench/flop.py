"""How many multiplications and additions a voice takes for a sentence: those of its convolutions and matrix products in the direct form."""

import math

# The tensors whose shapes tell it, as (of the inputs or outputs, number), and how many multiply-adds there are then.
COUNTED = {
    "Conv": ((("output", 0), ("input", 1)), lambda out, weights: math.prod(out) * math.prod(weights[1:])),
    "ConvTranspose": ((("input", 0), ("input", 1)), lambda data, weights: math.prod(data) * math.prod(weights[1:])),
    "MatMul": ((("output", 0), ("input", 0)), lambda out, left: math.prod(out) * left[-1]),
}


def flop(path: str, inputs: dict) -> int:
    """Runs the graph in ONNX Runtime with the shapes of these tensors as its outputs: lengths are known only then."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    graph = model.graph
    del graph.output[:]
    nodes = [node for node in graph.node if node.op_type in COUNTED]
    wanted = []
    for node in nodes:
        for side, number in COUNTED[node.op_type][0]:
            wanted.append(getattr(node, side)[number])
    for number, tensor in enumerate(wanted):
        graph.node.append(onnx.helper.make_node("Shape", [tensor], [f"flop_{number}"]))
        graph.output.append(onnx.helper.make_tensor_value_info(f"flop_{number}", onnx.TensorProto.INT64, None))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    shapes = iter([[int(size) for size in shape] for shape in session.run(None, inputs)])
    return sum(2 * COUNTED[node.op_type][1](next(shapes), next(shapes)) for node in nodes)
