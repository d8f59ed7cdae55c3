"""The names of the collections that a graph keeps for its user."""


class GraphKeys:
    """The names of the collections that TensorFlow programs share.

    >>> w = df.Variable(1.0, name="w")
    >>> frozen = df.Variable(2.0, name="frozen", trainable=False)
    >>> df.GraphKeys.TRAINABLE_VARIABLES
    'trainable_variables'
    >>> [v.name for v in df.get_collection(df.GraphKeys.TRAINABLE_VARIABLES)]
    ['w:0']
    >>> [v.name for v in df.get_collection(df.GraphKeys.GLOBAL_VARIABLES)]
    ['w:0', 'frozen:0']
    """

    GLOBAL_VARIABLES = "variables"
    VARIABLES = GLOBAL_VARIABLES
    LOCAL_VARIABLES = "local_variables"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    ACTIVATIONS = "activations"
    ASSET_FILEPATHS = "asset_filepaths"
    BIASES = "biases"
    CONCATENATED_VARIABLES = "concatenated_variables"
    COND_CONTEXT = "cond_context"
    EVAL_STEP = "eval_step"
    GLOBAL_STEP = "global_step"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    LOCAL_RESOURCES = "local_resources"
    LOSSES = "losses"
    QUEUE_RUNNERS = "queue_runners"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    READY_OP = "ready_op"
    REGULARIZATION_LOSSES = "regularization_losses"
    RESOURCES = "resources"
    SAVEABLE_OBJECTS = "saveable_objects"
    SAVERS = "savers"
    SUMMARIES = "summaries"
    SUMMARY_OP = "summary_op"
    TABLE_INITIALIZERS = "table_initializer"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    TRAIN_OP = "train_op"
    UPDATE_OPS = "update_ops"
    WEIGHTS = "weights"
    WHILE_CONTEXT = "while_context"
