"""Skip-grams, one-hot words in, softmax over all words out."""

import numpy as np

corpus_raw = (
    "he is the king . the king is royal . she is the royal  queen . "
    "the king rules . the queen rules . he walks and she walks"
)
WINDOW_SIZE = 2
EMBEDDING_DIM = 5


def to_one_hot(data_point_index, vocab_size):
    temp = np.zeros(vocab_size)
    temp[data_point_index] = 1
    return temp


def main(tf):
    corpus_raw_lower = corpus_raw.lower()
    words = sorted({word for word in corpus_raw_lower.split() if word != "."})
    word2int = {word: i for i, word in enumerate(words)}
    vocab_size = len(words)
    data = []
    for raw in corpus_raw_lower.split("."):
        sentence = raw.split()
        for place, word in enumerate(sentence):
            near = sentence[max(place - WINDOW_SIZE, 0) : place + WINDOW_SIZE + 1]
            data.extend([word, nb_word] for nb_word in near if nb_word != word)
    x_train = np.asarray([to_one_hot(word2int[w[0]], vocab_size) for w in data])
    y_train = np.asarray([to_one_hot(word2int[w[1]], vocab_size) for w in data])

    # making placeholders for x_train and y_train
    x = tf.placeholder(tf.float32, shape=(None, vocab_size))
    y_label = tf.placeholder(tf.float32, shape=(None, vocab_size))

    rng = np.random.RandomState(6)
    W1 = tf.Variable(rng.randn(vocab_size, EMBEDDING_DIM).astype(np.float32))
    b1 = tf.Variable(rng.randn(EMBEDDING_DIM).astype(np.float32))  # bias
    hidden_representation = tf.add(tf.matmul(x, W1), b1)
    W2 = tf.Variable(rng.randn(EMBEDDING_DIM, vocab_size).astype(np.float32))
    b2 = tf.Variable(rng.randn(vocab_size).astype(np.float32))
    prediction = tf.nn.softmax(tf.add(tf.matmul(hidden_representation, W2), b2))

    sess = tf.Session()
    init = tf.global_variables_initializer()
    sess.run(init)  # make sure you do this!
    cross_entropy_loss = tf.reduce_mean(
        -tf.reduce_sum(y_label * tf.log(prediction), reduction_indices=[1])
    )
    train_step = tf.train.GradientDescentOptimizer(0.1).minimize(cross_entropy_loss)
    losses = []
    for _ in range(30):
        sess.run(train_step, feed_dict={x: x_train, y_label: y_train})
        loss = sess.run(cross_entropy_loss, feed_dict={x: x_train, y_label: y_train})
        losses.append(loss)
    vectors = sess.run(W1 + b1)

    king = vectors[word2int["king"]]
    distances = np.sqrt(((vectors - king) ** 2).sum(1))
    return {
        "losses": losses,
        "vectors": vectors,
        "closest to king": [words[i] for i in distances.argsort()[:4]],
    }
